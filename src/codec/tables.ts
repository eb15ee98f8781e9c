/**
 * Tables of the standard, as lists here and as texts on the board, where an entry of a list would hold
 * variables for good: the build works them out (build/pack.mjs), and takes what makes them out of the
 * bundle.
 */

/**
 * Digits by number, from `first` on: 1 for each in the first of `lists`, 2 for each in the second …, 0 for
 * any other.
 */
export function digitsOf(first: number, lists: number[][]): string {
  let digits = "";
  lists.forEach(function (list, index) {
    list.forEach(function (number) {
      const place = number - first;
      while (digits.length <= place) digits += "0";
      digits = digits.substr(0, place) + (index + 1) + digits.substr(place + 1);
    });
  });
  return digits;
}
