mqtt.subscribe("test/espruino");

mqtt.on('publish', function (pub) {
  console.log("topic: "+pub.topic);
  console.log("message: "+pub.message);
});

mqtt.unsubscribe("test/espruino");
