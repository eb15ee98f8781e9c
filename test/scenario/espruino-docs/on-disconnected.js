mqtt.on('disconnected', function() {
  console.log("Disconnected");
});
