// As ftoa_bounded_extra() in Espruino's src/jsutils.c: it rounds at 1e-7 of a digit and stops after 11
// fractional digits.
const STOP_AT_ERROR = 0.0000001;

interface Scaled {
  value: number;
  exponent: number;
}

function scale(value: number): Scaled {
  let exponent = 0;
  if (value >= 1e21) {
    for (; value > 100000; exponent += 5) value /= 100000;
    for (; value > 10; exponent++) value /= 10;
  } else if (value > 0 && value < 1e-6) {
    for (; value < 1e-5; exponent -= 5) value *= 100000;
    for (; value < 1; exponent--) value *= 10;
  }
  return { value, exponent };
}

function fraction(value: number, digits: number): string {
  let text = "";
  value *= 10;
  while ((digits < 0 && digits > -12 && value > STOP_AT_ERROR) || digits > 0) {
    const digit = Math.min(9, Math.trunc(value + (digits === 1 ? 0.5 : 0.00000001)));
    value = (value - Math.trunc(value + (digits === 1 ? 0.5 : 0.00000001))) * 10;
    text += digit;
    digits--;
  }
  return text && "." + text;
}

function format(number: number, digits: number): string {
  if (Number.isNaN(number)) return "NaN";
  if (!Number.isFinite(number)) return number < 0 ? "-Infinity" : "Infinity";
  const sign = number < 0 ? "-" : "";
  const { value: scaled, exponent } =
    digits < 0 ? scale(Math.abs(number)) : { value: Math.abs(number), exponent: 0 };
  let value = scaled;
  if (value < 2147483647 && Math.trunc(value + STOP_AT_ERROR) === 1 + Math.trunc(value)) {
    value = 1 + Math.trunc(value);
  }
  let text = "";
  let unit = 1;
  while (unit * 10 <= value) unit *= 10;
  for (; unit >= 1; unit /= 10) {
    const digit = Math.trunc(value / unit);
    value -= digit * unit;
    text += digit;
  }
  if (digits > 0 || (digits < 0 && value > 0)) text += fraction(value, digits);
  return sign + text + (exponent ? "e" + (exponent > 0 ? "+" : "") + exponent : "");
}

/** A number as Espruino prints it: 1/3 gives 0.33333333333, -0 gives 0, 1e21 gives 10e+20. */
export function formatNumber(number: number): string {
  return format(number, -1);
}

/** What `toFixed` gives on Espruino, which truncates where others round: (99.999).toFixed(2) is "99.99". */
export function formatFixed(number: number, digits: number): string {
  return format(number, Math.min(20, Math.max(0, digits)));
}
