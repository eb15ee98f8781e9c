/**
 * What Espruino has of the language's built-ins, found by asking the interpreter (2v29) for each name that V8
 * has. A path that is listed keeps exactly these names; what is not listed is taken out of a simulated
 * board's context.
 */
const words = (text: string): ReadonlySet<string> => new Set(text.split(" "));

/** Globals that stay; Espruino has more (Promise among them), but hw/espruino.d.ts does not offer them. */
export const GLOBALS = words(
  "Array ArrayBuffer Boolean DataView Date Error Float32Array Float64Array Function Infinity Int16Array " +
    "Int32Array Int8Array JSON Math NaN Number Object ReferenceError RegExp String SyntaxError TypeError " +
    "Uint16Array Uint32Array Uint8Array Uint8ClampedArray decodeURIComponent encodeURIComponent eval " +
    "globalThis isFinite isNaN parseFloat parseInt undefined",
);

const TYPED_ARRAY =
  "buffer byteLength byteOffset constructor every fill filter find findIndex forEach includes indexOf " +
  "join length map reduce reverse set slice some sort subarray toString";

/** Members that stay, by the path of the object that has them. */
export const MEMBERS: Readonly<Record<string, ReadonlySet<string>>> = {
  Array: words("length name prototype isArray"),
  "Array.prototype": words(
    "concat constructor every fill filter find findIndex forEach includes indexOf join length map pop " +
      "push reduce reverse shift slice some sort splice toString unshift",
  ),
  ArrayBuffer: words("length name prototype isView"),
  "ArrayBuffer.prototype": words("byteLength constructor"),
  Date: words("length name prototype now parse"),
  "Date.prototype": words(
    "constructor getDate getDay getFullYear getHours getMilliseconds getMinutes getMonth getSeconds " +
      "getTime getTimezoneOffset getUTCDate getUTCDay getUTCFullYear getUTCHours getUTCMilliseconds " +
      "getUTCMinutes getUTCMonth getUTCSeconds setDate setFullYear setHours setMilliseconds setMinutes " +
      "setMonth setSeconds setTime toISOString toJSON toString toUTCString valueOf",
  ),
  "Error.prototype": words("constructor message toString"),
  JSON: words("parse stringify"),
  Math: words(
    "E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2 abs acos asin atan atan2 ceil cos exp floor log max min pow " +
      "random round sign sin sqrt tan",
  ),
  Number: words("length name prototype MAX_VALUE MIN_VALUE NEGATIVE_INFINITY NaN POSITIVE_INFINITY"),
  "Number.prototype": words("constructor toFixed toString valueOf"),
  Object: words(
    "length name prototype assign create defineProperties defineProperty entries fromEntries " +
      "getOwnPropertyDescriptor getOwnPropertyDescriptors getOwnPropertyNames getPrototypeOf keys " +
      "setPrototypeOf values",
  ),
  "Object.prototype": words("constructor hasOwnProperty toString valueOf __proto__"),
  String: words("length name prototype fromCharCode"),
  "String.prototype": words(
    "charAt charCodeAt concat constructor endsWith includes indexOf lastIndexOf length match padEnd " +
      "padStart repeat replace replaceAll slice split startsWith substr substring toLowerCase toString " +
      "toUpperCase trim valueOf",
  ),
  TypedArray: words("length name prototype"),
  "TypedArray.prototype": words(TYPED_ARRAY),
};
