/** One instance of a component for each place in the page. */

import "./keys.js";

/**
 * The function that Streamlit calls for each change of data or theme.
 * @param {new (parent: HTMLElement, data: any) => any} Component has a `root`, `update(data)` and, where it holds anything, `remove()`;
 *   `send(name, value)` tells Python what was done, `keep(name, value)` how things are
 */
export function mounting(Component) {
  /** @type {WeakMap<Element, any>} */
  const instances = new WeakMap();
  let sent = 0; // makes two alike events two
  return ({ parentElement, data, setTriggerValue, setStateValue }) => {
    let instance = instances.get(parentElement);
    if (!instance?.root.isConnected) {
      instance = new Component(parentElement, data);
      instances.set(parentElement, instance);
    }
    instance.send = (name, value) => setTriggerValue(name, { ...value, n: ++sent });
    instance.keep = setStateValue;
    instance.update(data);
    // A superseded call is cleaned up while the place lives on; only a place that left the page is let go.
    return () => setTimeout(() => instance.root.isConnected || instance.remove?.());
  };
}

/** Whether what is given differs from what this instance was given before. */
export function isNews(instance, given) {
  const before = instance.signature;
  instance.signature = JSON.stringify(given);
  return instance.signature !== before;
}
