/** Topic names and filters, judged without any code of ours. */

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Is it UTF-8 that a packet may hold? */
export function isUtf8(bytes: string): boolean {
  if (/^[\x01-\x7f]*$/.test(bytes)) return true;
  if (bytes.includes("\0")) return false;
  try {
    decoder.decode(Buffer.from(bytes, "latin1"));
    return true;
  } catch {
    return false;
  }
}

export function isTopicName(bytes: string): boolean {
  return bytes !== "" && !/[+#]/.test(bytes) && isUtf8(bytes);
}

/** Does a filter take a topic, as a regular expression has it? */
export function matches(topicFilter: string, topic: string): boolean {
  if (topic.startsWith("$") && /^(\$share\/[^/]*\/)?[+#]/.test(topicFilter)) return false;
  const levels = topicFilter
    .replace(/^\$share\/[^/]*\//, "")
    .split("/")
    .map((level) => {
      if (level === "+") return "[^/]*";
      return level.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    });
  const last = levels.at(-1);
  const body = last === "#" ? levels.slice(0, -1).join("/") : levels.join("/");
  const end = last !== "#" ? "" : levels.length > 1 ? "(/.*)?" : ".*";
  return new RegExp(`^${body}${end}$`, "s").test(topic);
}
