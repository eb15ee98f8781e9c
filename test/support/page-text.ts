/** How what a page shows is compared with a run. */

/** Output without what differs from run to run: each number, with the spaces before it. */
export const shapeOf = (text: string): string => text.replace(/ *-?\d+(\.\d+)?/g, " N");
