/** Building stones of the schema. JSON Schema, draft 7: what editors know. */
export interface Schema {
  type?: string;
  enum?: readonly unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  minBytes?: number;
  maxBytes?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  description?: string;
  properties?: Record<string, Schema>;
  [keyword: string]: unknown;
}

/** A whole number. */
export const whole = (minimum: number, maximum: number, description: string, standard?: number): Schema => ({
  type: "integer",
  minimum,
  maximum,
  ...(standard === undefined ? {} : { default: standard }),
  description,
});

export const number = (minimum: number, maximum: number, description: string, standard?: number): Schema => ({
  type: "number",
  minimum,
  maximum,
  ...(standard === undefined ? {} : { default: standard }),
  description,
});

/** One of these values. */
export const choice = (values: readonly unknown[], description: string, standard?: unknown): Schema => ({
  enum: values,
  ...(standard === undefined ? {} : { default: standard }),
  description,
});

/**
 * A text of so many bytes: `minBytes` and `maxBytes` are ours, because the board counts bytes of UTF-8 and JSON Schema
 * characters; others pass over them.
 */
export const text = (minBytes: number, maxBytes: number, description: string, more: Schema = {}): Schema => ({
  type: "string",
  minBytes,
  maxBytes,
  description,
  ...more,
});

export const flag = (description: string, standard: boolean): Schema => ({
  type: "boolean",
  default: standard,
  description,
});

export const object = (
  properties: Record<string, Schema>,
  required: string[],
  description: string,
): Schema => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
  description,
});

/** Two different numbers. */
export const pair = (minimum: number, maximum: number, description: string): Schema => ({
  type: "array",
  items: { type: "number", minimum, maximum },
  minItems: 2,
  maxItems: 2,
  uniqueItems: true,
  description,
});
