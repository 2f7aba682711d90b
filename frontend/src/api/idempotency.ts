/** Keys by which the service knows an order that it has already had. */
import { randomId } from "./random";

const keys = new WeakMap<object, string>();

/** The same object has the same key however often it is sent, so that a lost answer never makes two of it. */
export function keyOf(order: object): string {
  const key = keys.get(order) ?? randomId();
  keys.set(order, key);
  return key;
}
