/** An entity of Home Assistant, as a node announces it: the JSON for its discovery, with the short names that it has for keys. */
import { commands } from "../node/publishing.ts";
import { VERSION } from "../version.ts";
import type { Announced } from "./sensors.ts";

/** Periods without a reading after which Home Assistant takes a value for unavailable, and seconds it waits at least. */
const EXPIRE_PERIODS = 3;
const EXPIRE_LEAST = 60;

/** What all entities of a node have in common. */
export interface Device {
  /** Its identifier there, and the chip. */
  _node: string;
  _model: string;
  _sensors: Announced[];
  /** Default the base with spaces for its slashes. */
  _name: string | undefined;
}

/** Characters that a row of the table below has at most. */
const ROW = 50;

/** What an entity of this quantity is to Home Assistant: its members, each with a comma in front. */
function membersOf(quantity: string, announced: Announced | undefined): string {
  const units = (announced && announced._units) || {};
  const refinement = announced && announced._named._refinement;
  const parts = refinement && refinement._parts[quantity];
  // Device class, unit and decimals. A text, which the engine lets go of at the end: objects would take
  // some hundred variables.
  const table =
    ";temperature|temperature|C|2|;dew_point|temperature|C|2|;pressure|atmospheric_pressure|Pa|0|" +
    ";sea_level_pressure|atmospheric_pressure|Pa|0|;humidity|humidity|%|1|;altitude|distance|m|1|" +
    ";voltage|voltage|V|6|;current|current|mA|3|;rssi|signal_strength|dBm|0|;uptime|duration|s|0|" +
    ";free||variables|0|";
  const row = table.substr(table.indexOf(";" + quantity + "|"), ROW).split("|");
  const deviceClass = announced && announced._isInVessel && row[2] === "Pa" ? "pressure" : row[1];
  const unit = units[quantity] || row[2];
  if (quantity === "restart")
    return ',"dev_cla":"restart","ent_cat":"config","cmd_t":"~/cmd/restart","qos":1';
  return (
    (deviceClass ? ',"dev_cla":"' + deviceClass + '"' : ',"ic":"mdi:memory"') +
    (deviceClass === "temperature" ? ',"unit_of_meas":"\\u00b0' : ',"unit_of_meas":"') +
    unit +
    '","stat_cla":"measurement","sug_dsp_prc":' +
    (parts ? ("" + parts).length - 1 : row[3])
  );
}

/** Where its values come from, and until when they count: the same for a quantity of a sensor. */
function sourceOf(quantity: string, announced: Announced, isOne: boolean): string {
  const named = announced._named;
  const expire = Math.max(EXPIRE_LEAST, named._period * EXPIRE_PERIODS);
  const value =
    (isOne || announced._isIrregular ? "value_json" : "(value_json['" + named._name + "']|default({}))") +
    "." +
    quantity +
    "|default('')}}\"";
  return (
    (announced._isIrregular
      ? ',"stat_t":"~/' + named._name + '/state","val_tpl":"{{' + value
      : // What is late was overtaken.
        ',"stat_t":"~/state","val_tpl":"{{\'\' if value_json.late is defined else ' +
        value +
        ',"exp_aft":' +
        expire) +
    ',"avty_mode":"all","avty":[{"t":"~/status"},{"t":"~/' +
    named._name +
    '/status"}]'
  );
}

/** What is fit for an entity id: small letters and digits of ASCII, all else as `_`. */
function idOf(text: string): string {
  let id = "";
  for (let position = 0; position < text.length; position++) {
    const letter = text.charAt(position).toLowerCase();
    id += (letter >= "a" && letter <= "z") || (letter >= "0" && letter <= "9") ? letter : "_";
  }
  return id;
}

/**
 * The configuration of an entity: a quantity of a sensor, or without one `rssi`, `uptime` or `free` of `diag`, or the button
 * `restart`. `id` is the device's, `object` the entity's among its.
 */
export function entityOf(
  device: Device,
  id: string,
  object: string,
  quantity: string,
  announced: Announced | undefined,
): string {
  const named = announced && announced._named;
  const isOne = device._sensors.length === 1;
  const isButton = quantity === "restart";
  let label = (named && !isOne ? named._name + " " : "") + quantity.split("_").join(" ");
  if (quantity === "free") label = "free memory";
  // Home Assistant names by the class, and in its own language, what it knows.
  const known = ["temperature", "pressure", "humidity", "voltage", "current", "rssi", "restart"];
  const isNamed = (named && !isOne) || known.indexOf(quantity) < 0;
  const filter = commands.topicFilter;
  const base = filter.substr(0, filter.length - 6);
  const name = device._name || base.split("/").join(" ");
  // Not by JSON.stringify, which takes the bytes of UTF-8 for characters.
  const quoted = [base, name].map((text) => text.split("\\").join("\\\\").split('"').join('\\"'));
  let json = '{"~":"' + quoted[0] + '","uniq_id":"' + id + "_" + object + '"';
  if (isNamed) json += ',"name":"' + label.charAt(0).toUpperCase() + label.substr(1) + '"';
  json += ',"def_ent_id":"' + (isButton ? "button." : "sensor.") + idOf(name + " " + label) + '"';
  json += membersOf(quantity, announced);
  if (announced) json += sourceOf(quantity, announced, isOne);
  else {
    json += ',"avty_t":"~/status"';
    if (!isButton)
      json += ',"ent_cat":"diagnostic","stat_t":"~/diag","val_tpl":"{{value_json.' + quantity + '}}"';
  }
  json += ',"dev":{"ids":["' + id + '"],"name":"' + quoted[1] + '","mf":"Espressif","mdl":"';
  json += device._model + '","sw":"' + VERSION + '"},"o":{"name":"ristretto","sw":"' + VERSION;
  return json + '"}}';
}
