import { boot } from "./boot.ts";
import { esp32 } from "./boards/esp32.ts";
import { DRIVERS } from "./drivers.ts";

boot(esp32, DRIVERS);
