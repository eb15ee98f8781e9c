import { boot } from "./boot.ts";
import { esp8266 } from "./boards/esp8266.ts";
import { announcers } from "./homeassistant/discovery.ts";
import { drivers } from "./drivers.ts";
import { refinements } from "./readings/refinement.ts";

boot(esp8266, drivers(), refinements(), announcers());
