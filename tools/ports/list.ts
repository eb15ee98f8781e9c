/** What is plugged in, and what of it may be a board, by the ids of USB chips that boards have. */
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadSerialPort } from "./serial.ts";

export interface Port {
  path: string;
  /** Vendor and product of its USB chip as `10c4:ea60`; undefined when it has none. */
  id?: string;
  /** What that chip is; undefined when it is not one that boards have. */
  chip?: string;
  manufacturer?: string;
}

/** What the library tells of a port. */
interface Found {
  path: string;
  vendorId?: string;
  productId?: string;
  manufacturer?: string;
}

/** USB chips of boards. */
const CHIPS: Record<string, string> = {
  "10c4:ea60": "CP210x",
  "10c4:ea70": "CP2105",
  "1a86:7523": "CH340",
  "1a86:5523": "CH341",
  "1a86:55d4": "CH9102",
  "1a86:55d3": "CH343",
  "0403:6001": "FTDI FT232R",
  "0403:6010": "FTDI FT2232",
  "0403:6014": "FTDI FT232H",
  "0403:6015": "FTDI FT231X",
  "303a:1001": "USB of ESP32-C3, -S3",
  "303a:0002": "USB of ESP32-S2",
  "067b:2303": "PL2303",
  "2341:0043": "Arduino",
};

function described(path: string, vendor?: string, product?: string, manufacturer?: string): Port {
  const id = vendor && product ? `${vendor}:${product}`.toLowerCase() : undefined;
  const chip = id === undefined ? undefined : CHIPS[id];
  return {
    path,
    ...(id ? { id } : {}),
    ...(chip ? { chip } : {}),
    ...(manufacturer ? { manufacturer } : {}),
  };
}

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
};

/** By the kernel's own files: Linux without udev, which the library asks, has no other list. */
export function listByKernel(root = "/sys/class/tty"): Port[] {
  let names: string[];
  try {
    names = readdirSync(root);
  } catch {
    return [];
  }
  return names
    .filter((name) => /^tty(USB|ACM)\d+$/.test(name))
    .sort()
    .map((name) => {
      let folder = realpathSync(join(root, name, "device"));
      while (folder !== dirname(folder) && textOf(join(folder, "idVendor")) === undefined)
        folder = dirname(folder);
      const [vendor, product, manufacturer] = ["idVendor", "idProduct", "manufacturer"].map((file) =>
        textOf(join(folder, file)),
      );
      return described(`/dev/${name}`, vendor, product, manufacturer);
    });
}

/** All serial ports; those that may be boards first. */
export async function listPorts(): Promise<Port[]> {
  const { SerialPort } = await loadSerialPort();
  let ports: Port[];
  try {
    // Its declaration refers to a package that it does not bring along.
    const found = (await SerialPort.list()) as unknown as Found[];
    ports = found.map((one) => described(one.path, one.vendorId, one.productId, one.manufacturer));
  } catch {
    ports = listByKernel();
  }
  const rank = ({ chip, id }: Port): number => (chip ? 0 : id ? 1 : 2);
  return ports.sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path));
}

/** A port in a line. */
export function describePort({ path, id, chip, manufacturer }: Port): string {
  const what = [chip, id, manufacturer].filter(Boolean).join(", ");
  return what ? `${path} (${what})` : path;
}
