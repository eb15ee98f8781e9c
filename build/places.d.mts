/** `code` with `void 0` in place of private fields that nothing in it sets. */
export function withoutEmptyPlaces(code: string): string;
