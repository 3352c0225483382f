// The key by its letter; on keyboards without Latin letters, by its position.
window.keyOf = ({ key, code }) => {
  if (key.length !== 1) return key;
  return (/^[ -~]$/.test(key) ? key : code.replace(/^(Key|Digit)/, "")).toLowerCase();
};
