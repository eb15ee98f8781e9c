import { EXIT } from "../exit-code.ts";
import { UserError } from "../user-error.ts";

/** The error for firmware that cannot be put on any chip, or not on this one. */
export function unfit(why: string, hint?: string): UserError {
  return new UserError(why, EXIT.FLASH, hint);
}
