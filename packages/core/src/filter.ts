/** A JSON value as `JSON.parse` gives it. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue }

/** Conditions on an event's payload: `{"data.total": {"$gte": 100}}`. All data, no code. API.md, "filter". */
export interface EventFilter {
  [pathOrOperator: string]: JsonValue
}
