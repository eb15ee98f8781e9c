/** What an operating system says against a file or a stream, in words for people. */

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you may not",
  EEXIST: "there is a file where its folder would be",
  EISDIR: "it is a folder",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "its name is too long",
  ENOENT: "it is not there",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of its path is no folder",
  EPERM: "you may not",
  EROFS: "the disk takes no writing",
};

/** Why, without a full stop; codes that are not known are told in the system's own words. */
export function reasonOf(error: unknown): string {
  const { code = "", message = String(error) } = error as { code?: string; message?: string };
  return REASONS[code] ?? (message.split("\n")[0] ?? "").replace(/\.$/, "");
}

/** The same for a file that is to be written: what is not there then is its folder. */
export function writeReasonOf(error: unknown): string {
  return (error as { code?: unknown }).code === "ENOENT" ? "its folder is not there" : reasonOf(error);
}
