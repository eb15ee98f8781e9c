/*
 * ristretto __VERSION__ for __BOARD__
 *
 * Edit this block, then send the whole file to flash:
 * docs/web-ide.md has the steps, docs/configuration.md all that it may say.
 * A file config.json in the board's Storage counts before it,
 * field by field.
 */
var configuration = {
  // A network of 2.4 GHz.
  wifi: { ssid: "", password: "" },

  // Name or address of the MQTT broker, without mqtt://
  broker: {
    host: "",
    port: 1883,
    // username: "greenhouse",
    // password: "secret",
  },

  // Seconds from sample to sample.
  period: 60,

  // What is measured, one after another.
  sensors: [
    { type: "bme280" },
    // { type: "ds18b20", pin: "D4" },
  ],

  // Take the slashes away to have Home Assistant find the node.
  // discovery: true,
};

/* ------------------- no need to change what follows */
