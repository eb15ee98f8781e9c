/**
 * `broker.tls` of a configuration as a person writes it, with PEM, and as the board wants it: DER in base64. What the board
 * could only fail at later, a key that does not fit among it, is named here. No value is ever shown: it may be a key.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { tableOf } from "../boards/named.ts";
import type { BoardWord } from "../boards/named.ts";
import { UserError } from "./user-error.ts";

/** What `broker.tls` may have: PEM, or the name of a file with it. */
export const TLS_FIELDS = ["ca", "cert", "key"] as const;
type Field = (typeof TLS_FIELDS)[number];

/** As the board has them: DER in base64. */
export type DeviceCertificates = Partial<Record<Field, string>>;

export interface DeviceTls {
  /** For `broker.tls` in the board's config.json; false when there is to be no TLS. */
  tls: boolean | DeviceCertificates;
  /** What will be refused some day, or is already, in one line each. */
  warnings: string[];
}

export interface DeviceTlsOptions {
  /** Where names of files begin: the folder of the configuration. */
  folder: string;
  /** Which may have no TLS, as an ESP8266. Default an ESP32. */
  board?: BoardWord;
  /** Default now. */
  now?: Date;
}

/** Curves that mbedTLS has on a board. */
const CURVES = ["prime256v1", "secp384r1", "secp521r1"];
/** Types of DER that a private key may be. */
const KEY_TYPES = ["pkcs8", "pkcs1", "sec1"] as const;

const BASE64 = /^M[A-Za-z0-9+/\s]{130,}={0,2}\s*$/;
const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/g;

function fail(field: Field, problem: string): never {
  throw new UserError(`broker.tls.${field} ${problem}.`);
}

/** The bytes of what a field has or names. */
function read(field: Field, value: unknown, folder: string): Buffer {
  if (typeof value !== "string" || value === "")
    return fail(field, "must be PEM, or the name of a file with it");
  if (value.includes("-----BEGIN ")) return Buffer.from(value);
  if (BASE64.test(value)) return Buffer.from(value, "base64");
  // Whatever is that long names no file, and could be a key.
  if (/[\r\n]/.test(value) || value.length > 1000)
    return fail(field, "is neither PEM nor the name of a file");
  try {
    return readFileSync(resolve(folder, value));
  } catch (error) {
    const isMissing = (error as { code?: unknown }).code === "ENOENT";
    return fail(
      field,
      `names a file that ${isMissing ? "is not there" : "cannot be read"}; looked from ${resolve(folder)}`,
    );
  }
}

function isPem(bytes: Buffer): boolean {
  return bytes.includes("-----BEGIN ");
}

function certificateIn(field: "ca" | "cert", bytes: Buffer, warnings: string[]): X509Certificate {
  const text = bytes.toString("latin1");
  if (text.includes("PRIVATE KEY-----") && !text.match(CERTIFICATE))
    return fail(field, "is a private key; it must be a certificate");
  const count = text.match(CERTIFICATE)?.length ?? 1;
  if (count > 1) {
    const why =
      field === "cert"
        ? "the board shows only the first, so the broker must know the others"
        : "the board has only the first";
    warnings.push(`broker.tls.${field} holds ${count} certificates: ${why}.`);
  }
  try {
    return new X509Certificate(bytes);
  } catch {
    return fail(field, isPem(bytes) ? "is PEM but no certificate" : "is no PEM");
  }
}

function parseKey(bytes: Buffer): KeyObject | undefined {
  if (isPem(bytes)) return createPrivateKey(bytes);
  for (const type of KEY_TYPES) {
    try {
      return createPrivateKey({ key: bytes, format: "der", type });
    } catch (error) {
      if ((error as { code?: unknown }).code === "ERR_MISSING_PASSPHRASE") throw error;
    }
  }
  return undefined;
}

function keyIn(bytes: Buffer): KeyObject {
  const encrypted =
    "is encrypted, and nobody can type its passphrase on the board; `openssl pkey -in FILE -out FILE` makes one that is not";
  const text = bytes.toString("latin1");
  if (text.includes("ENCRYPTED")) return fail("key", encrypted);
  if (text.match(CERTIFICATE) && !text.includes("PRIVATE KEY-----"))
    return fail("key", "is a certificate; it must be the private key of broker.tls.cert");
  let key: KeyObject | undefined;
  try {
    key = parseKey(bytes);
  } catch (error) {
    // Its text could quote the key.
    if ((error as { code?: unknown }).code === "ERR_MISSING_PASSPHRASE") return fail("key", encrypted);
    return fail("key", "is PEM but no private key that can be read");
  }
  if (!key) return fail("key", "is no PEM");
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const isKnown = key.asymmetricKeyType === "rsa" || (curve !== undefined && CURVES.includes(curve));
  if (!isKnown)
    return fail(
      "key",
      "is of a kind that the board cannot use; RSA and the curves P-256, P-384 and P-521 work",
    );
  return key;
}

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

function warnOfDates(field: Field, certificate: X509Certificate, now: Date): string[] {
  const [from, to] = [new Date(certificate.validFrom), new Date(certificate.validTo)];
  if (to < now)
    return [
      `broker.tls.${field} expired on ${dayOf(to)} (valid from ${dayOf(from)}): whoever looks at it refuses it.`,
    ];
  if (from > now) return [`broker.tls.${field} is valid from ${dayOf(from)} to ${dayOf(to)}, not yet.`];
  return [];
}

/** Converts and checks `broker.tls`. Throws a UserError, one line without values, for what cannot work. */
export function deviceTls(
  tls: unknown,
  { folder, board = "esp32", now = new Date() }: DeviceTlsOptions,
): DeviceTls {
  if (tls === undefined || tls === null || tls === false) return { tls: false, warnings: [] };
  const { name, env } = tableOf(board);
  if (!env.MODULES.includes("tls"))
    throw new UserError(
      `broker.tls cannot be on an ${name}: its Espruino has no TLS. Use an ESP32, or leave it out.`,
    );
  if (tls === true) return { tls, warnings: [] };
  if (typeof tls !== "object" || Array.isArray(tls))
    throw new UserError("broker.tls must be true, false or an object with ca, cert, key.");
  const given = tls as Record<string, unknown>;
  for (const name of Object.keys(given))
    if (!(TLS_FIELDS as readonly string[]).includes(name))
      throw new UserError(`broker.tls.${name} is unknown; known are ${TLS_FIELDS.join(", ")}.`);
  for (const [field, other] of [
    ["key", "cert"],
    ["cert", "key"],
  ] as const)
    if (given[field] === undefined && given[other] !== undefined)
      fail(field, `is needed with broker.tls.${other}`);

  const warnings: string[] = [];
  const result: DeviceCertificates = {};
  const certificates: Partial<Record<Field, X509Certificate>> = {};
  for (const field of ["ca", "cert"] as const) {
    if (given[field] === undefined) continue;
    const certificate = certificateIn(field, read(field, given[field], folder), warnings);
    warnings.push(...warnOfDates(field, certificate, now));
    certificates[field] = certificate;
    result[field] = certificate.raw.toString("base64");
  }
  if (certificates.cert) {
    const key = keyIn(read("key", given.key, folder));
    if (!certificates.cert.checkPrivateKey(key)) fail("key", "does not belong to broker.tls.cert");
    result.key = key.export({ format: "der", type: "pkcs8" }).toString("base64");
  }
  return { tls: result, warnings };
}

/** A certificate or key as PEM again, for programs of the host. */
export function pemOf(field: Field, base64: string): string {
  const der = Buffer.from(base64, "base64");
  if (field !== "key") return new X509Certificate(der).toString();
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({
    format: "pem",
    type: "pkcs8",
  }) as string;
}
