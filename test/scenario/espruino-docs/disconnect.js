mqtt.disconnect();
