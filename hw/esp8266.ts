import { boot } from "./boot.ts";
import { esp8266 } from "./boards/esp8266.ts";
import { drivers } from "./drivers.ts";

boot(esp8266, drivers());
