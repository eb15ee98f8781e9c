/** Topic names and filters (MQTT 3.1.1 §4.7; `$share` as in MQTT 5.0 §4.8.2, which 3.1.1 servers honour too). */
import { isUtf8 } from "./codec/utf8.ts";
import { STRING_MAXIMUM } from "./limits.ts";

const SHARE = "$share/";

/** Can a message be published to `topic`: 1…65535 bytes of UTF-8, no U+0000, no wildcard? */
export function isTopicName(topic: string): boolean {
  return (
    topic.length > 0 &&
    topic.length <= STRING_MAXIMUM &&
    topic.indexOf("+") < 0 &&
    topic.indexOf("#") < 0 &&
    isUtf8(topic)
  );
}

/** The filter that topics are compared with: `$share/group/filter` without its first two levels. */
export function filterOf(topicFilter: string): string {
  if (topicFilter.substr(0, SHARE.length) !== SHARE) return topicFilter;
  const end = topicFilter.indexOf("/", SHARE.length);
  return end < 0 ? "" : topicFilter.substr(end + 1);
}

/** Can `topicFilter` be subscribed to: wildcards alone in their level, `#` last, a share name without wildcards? */
export function isTopicFilter(topicFilter: string): boolean {
  const filter = filterOf(topicFilter);
  const share = topicFilter.substr(SHARE.length, topicFilter.length - filter.length - SHARE.length - 1);
  if (filter !== topicFilter && !isTopicName(share)) return false;
  const levels = filter.split("/");
  for (let index = 0; index < levels.length; index++) {
    const level = levels[index] as string;
    if (level.length > 1 && (level.indexOf("+") >= 0 || level.indexOf("#") >= 0)) return false;
    if (level === "#" && index < levels.length - 1) return false;
  }
  return filter.length > 0 && topicFilter.length <= STRING_MAXIMUM && isUtf8(topicFilter);
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
