export const MODULE = [];
