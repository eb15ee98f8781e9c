/** Names of the functions of `code` that are marked, by the name of the one that they shall be. */
export function groupsOf(code: string): Map<string, string[]>;
/** `code` with `annotation` before each call of `names`. */
export function annotatedCalls(code: string, names: string[], annotation: string): string;
/** `code` with one function `name` in the place of those of `names` that it declares at its top level and only calls. */
export function merged(code: string, name: string, names: string[]): string;
/** Minified `code`, in which the branches of the function `name` share the short names of their variables. */
export function shortened(code: string, name: string): string;
