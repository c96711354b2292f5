// Shows the copy buttons, which are hidden because they do nothing without this script.
for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const copied = await copy(source);
    button.textContent = copied ? "Copied" : "Copy it by hand";
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

// The clipboard API exists only over https and on this machine.
async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    return true;
  } catch {
    if (source.select) source.select();
    else getSelection().selectAllChildren(source);
    return document.execCommand("copy");
  }
}
