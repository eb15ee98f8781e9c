/** Calibration: a polynomial, given by its coefficients, by points to lay a line through, or as an offset. */
import type { Filter } from "./filter.ts";

interface Polynomial extends Filter {
  /** Of x⁰, x¹, x^2 ... */
  _coefficients: number[];
}

function take(this: Polynomial, value: number): number {
  let result = 0;
  for (let power = this._coefficients.length; power--;)
    result = result * value + (this._coefficients[power] as number);
  return result;
}

/** Do all these numbers have a value? */
function areNumbers(list: unknown[], least: number): boolean {
  return list.length >= least && list.every((one) => typeof one === "number" && one - one === 0);
}

/** A value by the polynomial with these coefficients, beginning with that of x⁰. */
export function createPolynomial(setting: unknown): Filter {
  if (!Array.isArray(setting) || !areNumbers(setting, 1) || setting.length > 8)
    throw "must be one to eight numbers, the coefficients of 1, x, x^2 ...";
  const polynomial: Polynomial = { _take: take as Filter["_take"], _coefficients: setting as number[] };
  return polynomial;
}

/** A value and that much. */
export function createOffset(setting: unknown): Filter {
  if (!areNumbers([setting], 1)) throw "must be a number";
  return createPolynomial([setting, 1]);
}

/** A value by the line that comes nearest to points [measured, true]: least squares; through two points exactly. */
export function createLinear(setting: unknown): Filter {
  let n = 0;
  let x = 0;
  let y = 0;
  let xy = 0;
  let xx = 0;
  const arePoints =
    Array.isArray(setting) &&
    setting.every(function (point: unknown) {
      if (!Array.isArray(point) || point.length !== 2 || !areNumbers(point, 2)) return false;
      n++;
      x += point[0] as number;
      y += point[1] as number;
      xy += (point[0] as number) * (point[1] as number);
      xx += (point[0] as number) * (point[0] as number);
      return true;
    });
  const slope = (n * xy - x * y) / (n * xx - x * x);
  // Written so that NaN fails: one point, or several at one place.
  if (!arePoints || !(slope - slope === 0)) throw "must be two or more points [measured, true]";
  return createPolynomial([(y - slope * x) / n, slope]);
}
