/**
 * What of Home Assistant a node meets: MQTT discovery and the entities that come of it, as core 2026.9.1 treats them. Names and
 * units stand in its `components/mqtt` (abbreviations, schemas, sensor, button, discovery) and `components/sensor/const`, and
 * were taken from there; github.com/SukramJ/go-ha-catalog lists the same. Stricter than the original in one thing: what that passes
 * over or only logs is a mistake here.
 */
import nunjucks from "nunjucks";
import type { ScriptedServer } from "./server.ts";

/** Short names for keys, as far as sensors and buttons can have them. */
const ABBREVIATIONS: Record<string, string> = {
  avty: "availability",
  avty_mode: "availability_mode",
  avty_t: "availability_topic",
  avty_tpl: "availability_template",
  cmd_t: "command_topic",
  cmd_tpl: "command_template",
  def_ent_id: "default_entity_id",
  dev: "device",
  dev_cla: "device_class",
  e: "encoding",
  en: "enabled_by_default",
  ent_cat: "entity_category",
  ent_pic: "entity_picture",
  exp_aft: "expire_after",
  frc_upd: "force_update",
  grp: "group",
  ic: "icon",
  json_attr_t: "json_attributes_topic",
  json_attr_tpl: "json_attributes_template",
  lrst_val_tpl: "last_reset_value_template",
  msg_exp_int: "message_expiry_interval",
  o: "origin",
  ops: "options",
  pl_avail: "payload_available",
  pl_not_avail: "payload_not_available",
  pl_prs: "payload_press",
  ret: "retain",
  stat_cla: "state_class",
  stat_t: "state_topic",
  sug_dsp_prc: "suggested_display_precision",
  t: "topic",
  uniq_id: "unique_id",
  unit_of_meas: "unit_of_measurement",
  val_tpl: "value_template",
  vis: "visible_by_default",
};
const OF_DEVICE: Record<string, string> = {
  cns: "connections",
  cu: "configuration_url",
  hw: "hw_version",
  ids: "identifiers",
  mdl: "model",
  mdl_id: "model_id",
  mf: "manufacturer",
  sa: "suggested_area",
  sn: "serial_number",
  sw: "sw_version",
};
const OF_ORIGIN: Record<string, string> = { sw: "sw_version", url: "support_url" };

const COMMON = (
  "availability availability_mode availability_template availability_topic default_entity_id device device_class " +
  "enabled_by_default encoding entity_category entity_picture group icon json_attributes_template json_attributes_topic " +
  "message_expiry_interval name origin payload_available payload_not_available qos unique_id visible_by_default"
).split(" ");
const KEYS: Record<string, readonly string[]> = {
  sensor: [
    ...COMMON,
    ..."expire_after force_update last_reset_value_template options state_class".split(" "),
    ..."state_topic suggested_display_precision unit_of_measurement value_template".split(" "),
  ],
  button: [...COMMON, "command_template", "command_topic", "payload_press", "retain"],
};
const REQUIRED: Record<string, string> = { sensor: "state_topic", button: "command_topic" };
const BUTTONS = ["identify", "restart", "update"];

const PRESSURES = ["bar", "cbar", "hPa", "inHg", "inH₂O", "kPa", "mbar", "mmHg", "mPa", "Pa", "psi"];
/** Units of each class of sensor, as far as a node measures them; all of these take `measurement` as their state class. */
const UNITS: Record<string, readonly string[]> = {
  atmospheric_pressure: PRESSURES,
  current: ["A", "mA", "μA"],
  distance: ["cm", "ft", "in", "km", "m", "mi", "mm", "nmi", "yd"],
  duration: ["d", "h", "min", "ms", "s", "μs"],
  humidity: ["%"],
  pressure: PRESSURES,
  signal_strength: ["dB", "dBm"],
  temperature: ["K", "°C", "°F"],
  voltage: ["kV", "MV", "mV", "V", "μV"],
};
/** How it calls an entity without a name. */
const NAMES: Record<string, string> = {
  atmospheric_pressure: "Atmospheric pressure",
  signal_strength: "Signal strength",
};

/** What an entity was configured with, all names at full length. */
export interface EntityConfig {
  [key: string]: unknown;
  unique_id: string;
  default_entity_id: string;
  device: { identifiers: string[]; name: string; model: string; sw_version: string; manufacturer: string };
  device_class?: string;
  unit_of_measurement?: string;
  state_class?: string;
  state_topic?: string;
  command_topic?: string;
  value_template?: string;
  expire_after?: number;
  entity_category?: string;
  suggested_display_precision?: number;
  name?: string;
}

export interface Entity {
  component: string;
  /** The topic it was announced on. */
  topic: string;
  payload: string;
  config: EntityConfig;
  /** What people read. */
  name: string;
}

interface Held extends Entity {
  value: string;
  /** By topic. */
  available: Map<string, boolean>;
  latest: boolean;
  /** When its value expires; before a value came it is expired from the beginning. */
  expires: number;
}

export interface Message {
  topic: string;
  payload: string | Buffer;
  retain?: boolean;
}

export interface HomeAssistant {
  /** What it was told that it would refuse, pass over or complain of. */
  readonly mistakes: string[];
  /** By entity id, such as `sensor.hall_temperature`. */
  readonly entities: ReadonlyMap<string, Entity>;
  /** A message that the broker passes on as it is published. */
  take(message: Message): void;
  /** What it shows: `unavailable`, `unknown`, or the value. */
  state(entityId: string): string;
  /** All of that. */
  states(): Record<string, string>;
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const environment = new nunjucks.Environment(null, { autoescape: false, throwOnUndefined: true });

/** A value template over a payload. */
export function render(template: string, payload: string): string {
  return environment.renderString(template, { value: payload, value_json: JSON.parse(payload) as unknown });
}

function withLongNames(object: Json, names: Record<string, string>): Json {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [names[key] ?? key, value]));
}

/** A payload with all names at full length and `~` replaced. */
function expanded(given: Json): Json {
  const config = withLongNames(given, ABBREVIATIONS);
  if (isObject(config.device)) config.device = withLongNames(config.device, OF_DEVICE);
  if (isObject(config.origin)) config.origin = withLongNames(config.origin, OF_ORIGIN);
  if (Array.isArray(config.availability))
    config.availability = config.availability.map((one: Json) => withLongNames(one, ABBREVIATIONS));
  const base = config["~"];
  delete config["~"];
  if (typeof base !== "string") return config;
  const whole = (key: string, value: unknown): unknown =>
    key.endsWith("topic") && typeof value === "string"
      ? value.replace(/^~/, () => base).replace(/~$/, () => base)
      : value;
  const within = (object: Json): Json =>
    Object.fromEntries(Object.entries(object).map(([key, value]) => [key, whole(key, value)]));
  if (Array.isArray(config.availability)) config.availability = (config.availability as Json[]).map(within);
  return within(config);
}

/** What is wrong with a configuration. */
function objections(component: string, config: Json): string[] {
  const wrong = Object.keys(config)
    .filter((key) => !KEYS[component]!.includes(key))
    .map((key) => `unknown key ${key}`);
  const { device, origin, unit_of_measurement: unit, state_class: stateClass } = config;
  const deviceClass = config.device_class as string | undefined;
  const require = (holds: unknown, what: string): void => void (holds || wrong.push(what));
  require(typeof config[REQUIRED[component]!] === "string", `${REQUIRED[component]} is needed`);
  require(typeof config.unique_id === "string", "unique_id is needed with a device");
  require(isObject(device) &&
    Array.isArray(device.identifiers) &&
    device.identifiers.length, "device is unidentified");
  if (isObject(device))
    for (const key of Object.keys(device))
      require(key === "name" ||
        key === "via_device" ||
        Object.values(OF_DEVICE).includes(key), `device.${key}`);
  require(isObject(origin) && typeof origin.name === "string", "origin.name is needed");
  require([0, 1, 2].includes((config.qos as number | undefined) ?? 0), "qos");
  require(["all", "any", "latest"].includes(
    (config.availability_mode as string | undefined) ?? "latest",
  ), "availability_mode");
  require(!(config.availability && config.availability_topic), "two kinds of availability");
  for (const [key, value] of Object.entries(config))
    if (key.endsWith("topic"))
      require(typeof value === "string" && value && !/[+#~\0]/.test(value), `${key} is no topic`);
  const id = config.default_entity_id as string | undefined;
  require(id === undefined || new RegExp(`^${component}\\.[a-z0-9_]+$`).test(id), `${id} is no entity id`);
  if (component === "button") {
    require(deviceClass === undefined || BUTTONS.includes(deviceClass), `class ${deviceClass}`);
    require([undefined, "config", "diagnostic"].includes(
      config.entity_category as string,
    ), "entity_category");
    return wrong;
  }
  require([undefined, "diagnostic"].includes(
    config.entity_category as string,
  ), "entity_category of a sensor");
  require(stateClass === undefined || stateClass === "measurement", `state class ${String(stateClass)}`);
  if (deviceClass !== undefined)
    require(UNITS[deviceClass]?.includes(unit as string), `${deviceClass} in ${String(unit)}`);
  for (const key of ["expire_after", "suggested_display_precision"])
    require(config[key] === undefined ||
      (Number.isInteger(config[key]) && (config[key] as number) >= 0), key);
  return wrong;
}

/** The topics that say whether an entity is available. */
function availabilityOf(config: Json): string[] {
  const list = (config.availability ?? []) as { topic: string }[];
  return typeof config.availability_topic === "string"
    ? [config.availability_topic]
    : list.map(({ topic }) => topic);
}

function nameOf({ name, device_class: deviceClass = "" }: EntityConfig): string {
  return name ?? NAMES[deviceClass] ?? deviceClass.charAt(0).toUpperCase() + deviceClass.slice(1);
}

/** `now` gives milliseconds. */
export function createHomeAssistant(now: () => number, prefix = "homeassistant"): HomeAssistant {
  const mistakes: string[] = [];
  const entities = new Map<string, Held>();
  const retained = new Map<string, string>();
  const form = /^(\w+)\/(?:([\w-]+)\/)?([\w-]+)\/config$/;

  function update(entity: Held, payload: string): void {
    const { expire_after: seconds, value_template: template } = entity.config;
    // Whatever comes on its topic, even if it says nothing of it.
    if (seconds) entity.expires = now() + seconds * 1000;
    let value: string;
    try {
      value = template === undefined ? payload : render(template, payload);
    } catch (error) {
      mistakes.push(`${entity.topic}: ${(error as Error).message}`);
      return;
    }
    if (value === "") return;
    if (value !== "None" && !Number.isFinite(Number(value)))
      mistakes.push(`${entity.topic}: ${value} is no number`);
    entity.value = value === "None" ? "" : value;
  }

  function hear(entity: Held, topic: string, payload: string): void {
    if (entity.available.has(topic) && (payload === "online" || payload === "offline")) {
      entity.latest = payload === "online";
      entity.available.set(topic, entity.latest);
    }
    if (topic === entity.config.state_topic) update(entity, payload);
  }

  function discover(topic: string, payload: string): void {
    const [, component = "", , object = ""] = form.exec(topic.slice(prefix.length + 1)) ?? [];
    if (!object || !KEYS[component]) return void mistakes.push(`${topic} is no topic of discovery`);
    const before = [...entities].find(([, entity]) => entity.topic === topic);
    if (payload === "") return void (before && entities.delete(before[0]));
    if (before?.[1].payload === payload) return;
    const config = expanded(JSON.parse(payload) as Json) as EntityConfig;
    const wrong = objections(component, config);
    if (
      [...entities.values()].some(
        (other) => other !== before?.[1] && other.config.unique_id === config.unique_id,
      )
    )
      wrong.push(`${config.unique_id} twice`);
    if (wrong.length) return void mistakes.push(...wrong.map((text) => `${topic}: ${text}`));
    const id = before?.[0] ?? config.default_entity_id;
    if (!before && entities.has(id)) return void mistakes.push(`${topic}: ${id} is taken`);
    const entity: Held = {
      component,
      topic,
      payload,
      config,
      name: nameOf(config),
      value: before?.[1].value ?? "",
      available: new Map(availabilityOf(config).map((one) => [one, before?.[1].available.get(one) ?? false])),
      latest: before?.[1].latest ?? false,
      expires: 0,
    };
    entities.set(id, entity);
    for (const [one, text] of retained) hear(entity, one, text);
  }

  function isAvailable({ config, available, latest, expires }: Held): boolean {
    const all = [...available.values()];
    const isThere =
      config.availability_mode === "all"
        ? all.every(Boolean)
        : config.availability_mode === "any"
          ? all.some(Boolean)
          : latest;
    return isThere && (!config.expire_after || now() < expires);
  }

  const home: HomeAssistant = {
    mistakes,
    entities,
    take({ topic, payload, retain = false }) {
      const text = payload.toString();
      if (retain && text) retained.set(topic, text);
      else if (retain) retained.delete(topic);
      if (topic.startsWith(`${prefix}/`) && topic.endsWith("/config")) {
        if (!retain) mistakes.push(`${topic} is not retained`);
        discover(topic, text);
      } else for (const entity of entities.values()) hear(entity, topic, text);
    },
    state(entityId) {
      const entity = entities.get(entityId);
      if (!entity) throw new Error(`no ${entityId}; there are ${[...entities.keys()].join(", ")}`);
      if (!isAvailable(entity)) return "unavailable";
      return entity.value || "unknown";
    },
    states: () => Object.fromEntries([...entities.keys()].map((id) => [id, home.state(id)])),
  };
  return home;
}

/** Has Home Assistant hear what a server is sent. */
export function listen(server: ScriptedServer, now: () => number, prefix?: string): HomeAssistant {
  const home = createHomeAssistant(now, prefix);
  const answer = server.onPacket;
  server.onPacket = (packet, connection) => {
    if (packet.cmd === "publish") home.take(packet);
    answer(packet, connection);
  };
  return home;
}
