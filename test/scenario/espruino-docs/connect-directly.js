var mqtt = require("MQTT").connect({
  host: "192.168.1.10",
});

// or specify more options

var mqtt = require("MQTT").connect({
  host: "192.168.1.10",
  username: "username",
  password: "password"
});
