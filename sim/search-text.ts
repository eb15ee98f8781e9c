/**
 * `indexOf` of a text as Espruino has it, which also finds what only begins before the text ends: `"ab ".indexOf(" x")` is 2.
 * jswrap_string_indexOf goes to the last character and compares no further than the text reaches.
 */
export function searchText(text: string, sought: string, from: number): number {
  const last = text.length - sought.length;
  if (last < 0) return -1;
  for (let index = Math.min(Math.max(from, 0), last + 1); index < text.length; index++) {
    if (sought.startsWith(text.slice(index, index + sought.length))) return index;
  }
  return -1;
}
