/** What happens while a board is flashed, as one flat object each: a person sees lines and a bar, `--json` prints them. */
export type FlashEvent =
  /** The firmware was read and is whole: its parts with their places and SHA-256 sums. */
  | {
      event: "firmware";
      chip: string;
      path: string;
      sha256?: string;
      mode: string;
      frequency: number;
      parts: Array<{ name: string; address: number; bytes: number; sha256: string }>;
    }
  /** The chip in its loader. */
  | { event: "chip"; chip: string; mac: string; flashBytes: number }
  /** The same as a command line of esptool; nothing else happens with `--dry-run`. */
  | { event: "dry-run"; command: string }
  /** Whoever was asked said no; nothing was changed. */
  | { event: "declined" }
  | { event: "erase" }
  /** Of the bytes of one part. */
  | { event: "progress"; name: string; done: number; total: number }
  /** All of it was written and reads back as it should. */
  | { event: "written"; bytes: number }
  /** The board runs what was written, or does so when somebody presses its button. */
  | { event: "restart"; byHand: boolean }
  /** Espruino answers at the console. */
  | { event: "prompt"; board: string; version: string };
