namespace Marketplace.StripeEmulator.Tests;

/// <summary>What a page must have so that everybody can use it: asked of the page as the browser made it.</summary>
public static class Accessibility
{
    public const string FocusIsSeen = """
        () => {
          const active = document.activeElement;
          if (!active || active === document.body) return !document.querySelector('a[href],button,input,select');
          const style = getComputedStyle(active);
          return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
        }
        """;

    public const string Script = """
        () => {
          const faults = [];
          const check = (holds, fault) => { if (!holds) faults.push(fault); };
          const all = selector => [...document.querySelectorAll(selector)];
          const named = e => e.getAttribute('aria-label') || e.innerText.trim();
          const about = e => `<${e.tagName.toLowerCase()}${e.id ? '#' + e.id : ''}> "${(e.innerText || '').trim().slice(0, 30)}"`;

          check(document.documentElement.lang === 'en', 'no language');
          check(document.title.trim().length > 0, 'no title');
          check(all('meta[name=viewport]').length === 1, 'no viewport');
          check(all('h1').length === 1, `${all('h1').length} main headings`);
          check(all('main').length === 1, 'no main part');
          check(all('script').length === 0, 'a script');
          const levels = all('h1,h2,h3,h4').map(h => Number(h.tagName[1]));
          levels.forEach((level, at) => check(at === 0 ? level === 1 : level <= levels[at - 1] + 1, `heading level ${level} after ${levels[at - 1]}`));
          const ids = all('[id]').map(e => e.id);
          check(new Set(ids).size === ids.length, `ids twice: ${ids.filter((id, at) => ids.indexOf(id) !== at)}`);
          all('[for],[aria-labelledby]').forEach(e => check(document.getElementById(e.getAttribute('for') || e.getAttribute('aria-labelledby')), `${about(e)} points at nothing`));
          all('input:not([type=hidden]),select,textarea').forEach(e => check([...e.labels].some(l => l.innerText.trim()) || e.getAttribute('aria-label'), `${about(e)} has no label`));
          all('input[autocomplete=""],input:not([type=radio]):not([type=checkbox]):not([type=number]):not([type=hidden]):not([autocomplete])').forEach(e => check(false, `${about(e)} does not say what it is for`));
          all('button,a').forEach(e => check(named(e), `${about(e)} has no name`));
          all('button,a.button,input,select').forEach(e => { const box = e.getBoundingClientRect(); check(e.type === 'hidden' || box.height >= 20 && box.width >= 20, `${about(e)} is ${box.width}x${box.height}`); });
          all('fieldset').forEach(f => check(f.querySelector('legend')?.innerText.trim(), 'a group without a name'));
          all('table').forEach(t => check(t.querySelectorAll('th[scope]').length > 0, 'a table without headers'));
          check(document.documentElement.scrollWidth <= window.innerWidth, `scrolls sideways: ${document.documentElement.scrollWidth} > ${window.innerWidth}`);
          all('main *').forEach(e => { const box = e.getBoundingClientRect(); check(box.width === 0 || box.right <= window.innerWidth + 1, `${about(e)} is cut off`); });

          const rgba = text => { const n = text.match(/[\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
          const light = c => { const [r, g, b] = c.map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const behind = e => { for (let at = e; at; at = at.parentElement) { const c = rgba(getComputedStyle(at).backgroundColor); if (c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
          all('body *').filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.getClientRects().length > 0).forEach(e => {
            const style = getComputedStyle(e);
            const [a, b] = [light(rgba(style.color).slice(0, 3)), light(behind(e))].sort((x, y) => y - x);
            const large = parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700;
            check((a + 0.05) / (b + 0.05) >= (large ? 3 : 4.5), `${about(e)} has a contrast of ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
            check(parseFloat(style.fontSize) >= 12, `${about(e)} is small`);
          });
          return faults;
        }
        """;
}
