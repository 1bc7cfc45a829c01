#include "services/unsubscribe/unsubscribe_page.h"

#include "base/html_page.h"

#include "services/unsubscribe/one_click.h"

const char unsubscribe_page_style[] =
    ":root{color-scheme:light dark;--paper:#f3f4f6;--card:#fff;--ink:#1c2430;--soft:#4b5563;--act:#1d4ed8;--on:#fff}"
    "@media(prefers-color-scheme:dark){:root{--paper:#0f141b;--card:#1a212b;--ink:#eef2f7;--soft:#b3bdca;--act:#8ab4ff;"
    "--on:#0f141b}}"
    "*{box-sizing:border-box}"
    "body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:1rem;"
    "background:var(--paper);color:var(--ink);font:1.0625rem/1.55 system-ui,sans-serif}"
    "main{width:100%;max-width:30rem;padding:2rem;border-radius:1rem;background:var(--card);"
    "box-shadow:0 1px 3px rgb(0 0 0/.18)}"
    "h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}"
    "p{margin:0 0 1.25rem;overflow-wrap:anywhere}p:last-child{margin:0}"
    ".soft{color:var(--soft);font-size:.9375rem}"
    "button{width:100%;min-height:3rem;margin:0 0 1.25rem;padding:.75rem 1.5rem;border:0;border-radius:.5rem;"
    "background:var(--act);color:var(--on);font:inherit;font-weight:600;cursor:pointer}"
    "button:hover{filter:brightness(1.08)}"
    "button:focus-visible{outline:3px solid var(--act);outline-offset:3px}";

/* A page with its heading. Returns its main part. */
static xmlNodePtr
page_begin(const char *title)
{
	xmlNodePtr body = html_page_begin(title, unsubscribe_page_style);
	xmlNodePtr part = html_page_add(body, "main", NULL);

	html_page_add(part, "h1", title);
	return part;
}

/* "<name> (<address>)" in bold, as far as they are known. */
static void
sender_add(xmlNodePtr paragraph, const struct unsubscribe_origin *origin)
{
	if (*origin->from_email == '\0') {
		html_page_say(paragraph, "the sender of that mail");
		return;
	}
	if (*origin->from_name == '\0') {
		html_page_add(paragraph, "strong", origin->from_email);
		return;
	}
	html_page_add(paragraph, "strong", origin->from_name);
	html_page_say(paragraph, " (");
	html_page_say(paragraph, origin->from_email);
	html_page_say(paragraph, ")");
}

GString *
unsubscribe_page_ask(const struct unsubscribe_origin *origin)
{
	xmlNodePtr part = page_begin("Unsubscribe?");
	xmlNodePtr paragraph = html_page_add(part, "p", "No more mail from ");
	xmlNodePtr form, field;

	sender_add(paragraph, origin);
	html_page_say(paragraph, " to ");
	html_page_add(paragraph, "strong", origin->address);
	html_page_say(paragraph, ".");
	form = html_page_add(part, "form", NULL);
	html_page_set(form, "method", "post");
	field = html_page_add(form, "input", NULL);
	html_page_set(field, "type", "hidden");
	html_page_set(field, "name", ONE_CLICK_FIELD);
	html_page_set(field, "value", ONE_CLICK_VALUE);
	html_page_set(html_page_add(form, "button", "Unsubscribe"), "type", "submit");
	html_page_set(html_page_add(part, "p", "Nothing changes until you press the button."),
	    "class", "soft");
	return html_page_end(part);
}

GString *
unsubscribe_page_done(const struct unsubscribe_origin *origin)
{
	xmlNodePtr part = page_begin("You are unsubscribed");
	xmlNodePtr paragraph = html_page_add(part, "p", NULL);

	html_page_add(paragraph, "strong", origin->address);
	html_page_say(paragraph, " gets no more mail from ");
	sender_add(paragraph, origin);
	html_page_say(paragraph, ".");
	html_page_set(html_page_add(part, "p", "You can close this page."), "class", "soft");
	return html_page_end(part);
}

GString *
unsubscribe_page_trouble(const char *title, const char *advice)
{
	xmlNodePtr part = page_begin(title);

	html_page_add(part, "p", advice);
	return html_page_end(part);
}
