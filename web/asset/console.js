// A click on a code element copies it.
document.addEventListener('click', (event) => {
  const code = event.target.closest('code')
  if (!code || window.getSelection().toString()) return
  navigator.clipboard?.writeText(code.title || code.textContent)
})
