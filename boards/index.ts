/** All boards by their words. Made of the files beside it by `npm run boards`. */
import { esp32 } from "./esp32.ts";
import { esp32c3 } from "./esp32c3.ts";
import { esp32s3 } from "./esp32s3.ts";
import { esp8266 } from "./esp8266.ts";

export const BOARDS = {
  esp32,
  esp32c3,
  esp32s3,
  esp8266,
};
