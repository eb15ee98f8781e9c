/** Binds the names of espruino.d.ts into the global scope of device code; host code never sees this file. */
type Globals = import("./espruino.d.ts").EspruinoGlobals;

declare const require: Globals["require"];
declare const setTimeout: Globals["setTimeout"];
declare const clearTimeout: Globals["clearTimeout"];
declare const print: Globals["print"];
declare const atob: Globals["atob"];
declare const btoa: Globals["btoa"];
declare const getTime: Globals["getTime"];
declare const getSerial: Globals["getSerial"];
declare const process: Globals["process"];
declare const E: Globals["E"];
declare const I2C1: Globals["I2C1"];
declare const Pin: Globals["Pin"];
declare const OneWire: Globals["OneWire"];
declare const SPI: Globals["SPI"];
declare const setWatch: Globals["setWatch"];
declare const clearWatch: Globals["clearWatch"];
declare const ESP32: Globals["ESP32"];
/** The engine has some of ES2015. */
interface String {
  repeat(count: number): string;
}
