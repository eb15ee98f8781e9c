/**
 * Losses of a connection that runs out of memory, and what is done about them at once.
 *
 * The engine takes the 'data' listener away in which it happened, and cuts bytes short that arrive. Without
 * a listener it keeps what arrives until nothing is free, and in a pass of its idle loop that finds nothing
 * free it lets go of every timer there is: then nothing runs any more. So what arrives must end in the pass
 * in which memory ran out, when there may be no variable left to call a function with. A text is held back
 * for that, which a built-in lets go of.
 */
import type { Socket } from "../espruino.d.ts";

/** Bytes of that text; a variable for each 8 of them. */
const RESERVE = 160;

/** Something that has a socket, or tries to. */
export interface Guarded {
  _socket: Partial<Socket> | undefined;
}

/** Those that are open: a shortage ends them. */
export const links: Guarded[] = [];
const reserve: string[] = [];

/** How often memory ran out, and one. */
export let shortages = 0;

/** Runs when the engine has raised an error flag, on the reserve. */
function attend(): void {
  // Before all else: what memory runs out in here is a shortage.
  shortages++;
  // Asking resets the flags: only then is the next one told.
  if (E.getErrorFlags().indexOf("MEMORY") < 0) {
    if (!reserve[0]) reserve.push(" ".repeat(RESERVE));
    shortages--;
    return;
  }
  for (let nth = 0; links[nth]; nth++) {
    const socket = (links[nth] as Guarded)._socket as Socket;
    // The engine ends it in its next pass, and first lets go of what nobody may hear.
    socket.dRcv = "";
    socket.clsNow = true;
  }
}

/** Sees to it that there is a reserve; to be called before a link opens. */
export function prepare(): void {
  if (!shortages) {
    shortages = 1;
    E.on("errorFlag", reserve.pop.bind(reserve));
    E.on("errorFlag", attend);
  }
  // A flag that is raised by now has ended what it had to.
  E.getErrorFlags();
  attend();
}
