import { boot } from "./boot.ts";
import { esp32 } from "./boards/esp32.ts";
import { announcers } from "./homeassistant/discovery.ts";
import { drivers } from "./drivers.ts";
import { refinements } from "./readings/refinement.ts";

boot(esp32, drivers(), refinements(), announcers());
