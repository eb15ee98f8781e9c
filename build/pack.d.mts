export function packed(code: string): string;
