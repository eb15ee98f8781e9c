/**
 * Stories that are told once and come true on two beds (test/support/both-beds.ts). Which stories the
 * simulated board alone can tell, and why, stands in sim/LIMITS.md.
 */
import { onBothBeds } from "../support/both-beds.ts";
import { clientOptions } from "../support/client-bed.ts";
import { moduleOptions } from "../support/module-bed.ts";
import { nodeOptions } from "../support/node-bed.ts";
import { BLOCK, editedOptions } from "./beds/block.ts";
import { CLIENT } from "./beds/client.ts";
import { COMMANDS } from "./beds/commands.ts";
import { DELIVERY } from "./beds/delivery.ts";
import { DISCOVERY } from "./beds/discovery.ts";
import { FAULTS_FROM_14 } from "./beds/faults-from-14.ts";
import { FAULTS } from "./beds/faults.ts";
import { FAULTS_TINYMQTT } from "./beds/faults-tinymqtt.ts";
import { MODULE } from "./beds/module.ts";
import { PARTS } from "./beds/parts.ts";
import { SENSORS } from "./beds/sensors.ts";
import { SIGNED } from "./beds/signed.ts";
import { START } from "./beds/start.ts";
import { VERSION_5_PARTS } from "./beds/version5.ts";

onBothBeds(
  "the firmware",
  [...START, ...COMMANDS, ...SIGNED, ...SENSORS, ...DELIVERY, ...DISCOVERY],
  nodeOptions,
);
onBothBeds("a program with the functions", CLIENT, clientOptions);
onBothBeds("a program with all parts", [...PARTS, ...VERSION_5_PARTS], (kind, scenario) =>
  clientOptions(kind, scenario, "ristretto-full"),
);
onBothBeds("a program with the module", MODULE, moduleOptions);
onBothBeds("the faults of Espruino's MQTT.js", [...FAULTS, ...FAULTS_FROM_14], clientOptions);
onBothBeds("the faults of tinyMQTT", FAULTS_TINYMQTT, clientOptions);
onBothBeds("the firmware with its configuration at its top", BLOCK, editedOptions);
