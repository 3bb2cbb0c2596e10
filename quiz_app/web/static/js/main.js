// Mounts behaviour on elements that ask for it: <div data-module="countdown"> loads ./countdown.js and calls its
// `mount(element)`. A page works without; a module that fails to load must not take the others with it.

const NAME = /^[a-z-]+(\/[a-z-]+)?$/;

async function mountOne(element, name) {
  if (!NAME.test(name)) return;
  const module = await import(`./${name}.js`).catch((error) => {
    document.documentElement.classList.remove("js"); // what stands there for browsers without scripts is needed now
    throw error;
  });
  module.mount(element);
}

export function mountAll(root) {
  for (const element of root.querySelectorAll("[data-module]")) {
    for (const name of element.dataset.module.split(" ")) {
      mountOne(element, name).catch((error) => console.error(name, error));
    }
  }
}

mountAll(document);
