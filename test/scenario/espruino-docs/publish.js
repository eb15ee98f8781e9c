var topic = "test/espruino";
var message = "hello, world";
mqtt.publish(topic, message);
