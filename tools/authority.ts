/** Certificates made on the spot, by an authority that nobody trusts: for a broker on the desk, and for tests. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  PemConverter,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

cryptoProvider.set(webcrypto as never);

/** As PEM; the key as PKCS #8. */
export interface Identity {
  cert: string;
  key: string;
}

export interface Authority extends Identity {
  /** A certificate for `name`, valid now; `days` from now it ends, or ended when that is negative. */
  issue(name: string, days?: number): Promise<Identity>;
}

/** What keys are: RSA, which every mbedTLS can use, or on an elliptic curve. */
export const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048 } as const;
export const P256 = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

type Algorithm = typeof RSA | typeof P256;

const DAY = 86_400_000;

function createKeys(algorithm: Algorithm): Promise<webcrypto.CryptoKeyPair> {
  const exponent = { publicExponent: new Uint8Array([1, 0, 1]) };
  return webcrypto.subtle.generateKey({ ...exponent, ...algorithm }, true, ["sign", "verify"]);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

let serial = 0;

/** An authority of its own, with keys of this kind for itself and all it signs. */
export async function createAuthority(algorithm: Algorithm = RSA): Promise<Authority> {
  const keys = await createKeys(algorithm);
  const issuer = "CN=nobody trusts this";
  const valid = (days: number) => ({
    notBefore: new Date(Date.now() - 10 * DAY),
    notAfter: new Date(Date.now() + days * DAY),
  });
  const number = (): string => (++serial).toString(16).padStart(4, "0");
  const own: X509Certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: number(),
    name: issuer,
    ...valid(30),
    keys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    cert: own.toString("pem"),
    key: await pemOf(keys.privateKey),
    async issue(name, days = 30) {
      const { publicKey, privateKey } = await createKeys(algorithm);
      const certificate = await X509CertificateGenerator.create({
        serialNumber: number(),
        subject: `CN=${name}`,
        issuer,
        ...valid(days),
        publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
      });
      return { cert: certificate.toString("pem"), key: await pemOf(privateKey) };
    },
  };
}
