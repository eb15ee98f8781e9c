/** Topic names and filters (MQTT 3.1.1 §4.7; `$share` as in MQTT 5.0 §4.8.2, which 3.1.1 servers honour too). */
import { isWellFormed } from "./codec/utf8.ts";
import { STRING_MAXIMUM } from "./limits.ts";

/**
 * Is `topic` a topic name: 1…65535 bytes of UTF-8, no U+0000, no wildcard? One of ours has no control
 * characters either, for which a server may end the connection; one from a server `mayHaveControls`.
 */
/*@__TOGETHER__ received*/
export function isTopicName(topic: string, mayHaveControls: boolean): boolean {
  return (
    topic !== "" &&
    topic.length <= STRING_MAXIMUM &&
    topic.indexOf("+") + topic.indexOf("#") < -1 &&
    // A loop over bytes costs the engine more than the rest of a publish, so it is kept for what needs it: its own JSON
    // writes every byte longer that is not printable ASCII.
    ((JSON.stringify(topic).length === topic.length + 2 && topic.indexOf("\x7f") < 0) ||
      isWellFormed(topic, mayHaveControls))
  );
}

/**
 * The filter that topics are compared with: `$share/group/filter` without its first two levels. Empty when
 * `topicFilter` cannot be subscribed to: a wildcard that is not alone in its level, `#` before the end, a bad share name.
 */
/*@__TOGETHER__ seldom*/
export function filterOf(topicFilter: string): string {
  let filter = topicFilter;
  let names = "";
  if (topicFilter.substr(0, 7) === "$share/") {
    const end = topicFilter.indexOf("/", 7);
    if (end < 8) return "";
    names = topicFilter.substr(7, end - 7);
    filter = topicFilter.substr(end + 1);
  }
  const levels = filter.split("/");
  const hash = levels.indexOf("#");
  // What is left without the wildcards must be fit for a topic name.
  names += levels.filter((level) => level !== "+" && level !== "#").join("");
  return (hash < 0 || hash === levels.length - 1) &&
    topicFilter.length <= STRING_MAXIMUM &&
    (!names || isTopicName(names, false))
    ? filter
    : "";
}

/** Does a message to `topic` belong to `filter` (without `$share`)? A wildcard in the first level spares `$` topics. */
export function matches(filter: string, topic: string): boolean {
  if (topic.charAt(0) === "$" && filter.charAt(0) !== "$") return false;
  const levels = filter.split("/");
  const names = topic.split("/");
  for (let index = 0; index < levels.length; index++) {
    const level = levels[index];
    if (level === "#") return true;
    if (index >= names.length || (level !== "+" && level !== names[index])) return false;
  }
  return levels.length === names.length;
}
