/** Enhanced authentication (MQTT 5.0 §4.12): any number of steps, in CONNECT and AUTH, before or while a connection stands. */
import { AUTH } from "../codec/constants.ts";
import { bytesOf, writeHeader } from "../codec/fields.ts";
import { AUTHENTICATION_DATA, AUTHENTICATION_METHOD } from "../codec/identifiers.ts";
import { readProperty, writeProperties } from "../codec/properties.ts";
import { IN_AUTH } from "../codec/property-tables.ts";
import type { Properties } from "../codec/properties.ts";
import { abort, ONLINE, send } from "../client/client.ts";
import type { Client, Part } from "../client/client.ts";
import {
  CONTINUE_AUTHENTICATION,
  NOT_AUTHORIZED,
  PACKET_TOO_LARGE,
  PROTOCOL_ERROR,
  RE_AUTHENTICATE,
  SUCCESS,
} from "../reason.ts";
import type { Authenticator, Version5Client } from "./client.ts";

/** A client with an authenticator. */
type AuthenticatingClient = Version5Client & {
  /** Did we begin anew, and is that not done? */
  _isAuthenticating: boolean;
};

function propertiesOf(client: AuthenticatingClient, data: string | undefined): Properties {
  const method: Properties = [AUTHENTICATION_METHOD, client._options.authenticationMethod as string];
  return data ? method.concat([AUTHENTICATION_DATA, data]) : method;
}

/** AUTH (§3.15) with the authenticator's answer. */
function answer(client: AuthenticatingClient, reasonCode: number, data: string, asked: number): void {
  const answered = (client._options.authenticate as Authenticator)(data, asked);
  // Who was asked may have ended the connection.
  if (!client._mayExplain) return;
  if (answered === undefined) {
    abort(client, NOT_AUTHORIZED);
    return;
  }
  const field = writeProperties(propertiesOf(client, answered), IN_AUTH);
  if (!field) abort(client, PACKET_TOO_LARGE);
  else {
    const packet = writeHeader(AUTH, 1 + field.length) + bytesOf(reasonCode) + field;
    if (packet.length > client._packetMaximum) abort(client, PACKET_TOO_LARGE);
    else send(client, packet);
  }
  // Nothing but AUTH before CONNACK [MQTT-3.1.2-30].
  if (client._state !== ONLINE) client._canSend = false;
}

/** AUTH from the server, which must name our method [MQTT-4.12.0-5]. */
function authenticate(client: Version5Client, reasonCode: number): number {
  const self = client as AuthenticatingClient;
  const data = (readProperty(client.properties, AUTHENTICATION_DATA) as string) || "";
  const isStep = reasonCode === CONTINUE_AUTHENTICATION;
  if (
    readProperty(client.properties, AUTHENTICATION_METHOD) !== self._options.authenticationMethod ||
    // Success before CONNACK is said by CONNACK, and from then on it is us who begin (§4.12.1).
    !(client._state === ONLINE ? self._isAuthenticating && (isStep || reasonCode === SUCCESS) : isStep)
  )
    return PROTOCOL_ERROR;
  self._isAuthenticating = isStep && client._state === ONLINE;
  if (isStep) answer(self, CONTINUE_AUTHENTICATION, data, CONTINUE_AUTHENTICATION);
  else (self._options.authenticate as Authenticator)(data, SUCCESS);
  return 0;
}

/** What CONNECT says to begin with. */
function credentials(client: Version5Client): Properties {
  const self = client as AuthenticatingClient;
  self._isAuthenticating = false;
  return propertiesOf(self, (self._options.authenticate as Authenticator)("", RE_AUTHENTICATE));
}

/**
 * Authenticates by the option `authenticationMethod`, such as `SCRAM-SHA-256`, and the option
 * `authenticate`, which takes the steps, where MQTT 5.0 is spoken. The server's last data, if any, come
 * with CONNACK: `readProperty(client.properties, AUTHENTICATION_DATA)` in `onConnect`. A server that names
 * another method breaks the protocol and is disconnected (0x82).
 */
export const authentication: Part = function (client) {
  const self = client as AuthenticatingClient;
  self._authenticate = authenticate;
  self._credentials = credentials;
};

/**
 * Authenticates anew while the connection stands (§4.12.1); else nothing happens, as the next CONNECT does. Nor does it where
 * the part `authentication` is not there [MQTT-4.12.0-7].
 */
export function reauthenticate(client: Client): void {
  const self = client as AuthenticatingClient;
  if (client._state !== ONLINE || !client._prepare || !self._authenticate) return;
  self._isAuthenticating = true;
  answer(self, RE_AUTHENTICATE, "", RE_AUTHENTICATE);
}
