#include "services/unsubscribe/unsubscribe_page.h"

#include <libxml/HTMLtree.h>

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

static xmlNodePtr
add(xmlNodePtr parent, const char *element, const char *text)
{
	return xmlNewTextChild(parent, NULL, BAD_CAST element, BAD_CAST text);
}

static void
say(xmlNodePtr parent, const char *text)
{
	xmlAddChild(parent, xmlNewText(BAD_CAST text));
}

static void
set(xmlNodePtr element, const char *attribute, const char *value)
{
	xmlNewProp(element, BAD_CAST attribute, BAD_CAST value);
}

static void
head_add(xmlNodePtr html, const char *title)
{
	xmlNodePtr head = add(html, "head", NULL);
	xmlNodePtr meta = add(head, "meta", NULL);

	set(meta, "charset", "utf-8");
	meta = add(head, "meta", NULL);
	set(meta, "name", "viewport");
	set(meta, "content", "width=device-width, initial-scale=1");
	add(head, "title", title);
	add(head, "style", unsubscribe_page_style);
}

/* A page with its heading. Returns its main part. */
static xmlNodePtr
page_begin(const char *title)
{
	htmlDocPtr page = htmlNewDocNoDtD(NULL, NULL);
	xmlNodePtr html = xmlNewNode(NULL, BAD_CAST "html");
	xmlNodePtr part;

	xmlDocSetRootElement(page, html);
	xmlCreateIntSubset(page, BAD_CAST "html", NULL, NULL);
	set(html, "lang", "en");
	head_add(html, title);
	part = add(add(html, "body", NULL), "main", NULL);
	add(part, "h1", title);
	return part;
}

static GString *
page_end(xmlNodePtr part)
{
	xmlDocPtr page = part->doc;
	xmlChar *bytes = NULL;
	GString *text;
	int size = 0;

	htmlDocDumpMemoryFormat(page, &bytes, &size, 0);
	xmlFreeDoc(page);
	text = g_string_new_len((const char *)bytes, size);
	xmlFree(bytes);
	return text;
}

/* "<name> (<address>)" in bold. */
static void
sender_add(xmlNodePtr paragraph, const struct unsubscribe_origin *origin)
{
	if (*origin->from_name == '\0') {
		add(paragraph, "strong", origin->from_email);
		return;
	}
	add(paragraph, "strong", origin->from_name);
	say(paragraph, " (");
	say(paragraph, origin->from_email);
	say(paragraph, ")");
}

GString *
unsubscribe_page_ask(const struct unsubscribe_origin *origin)
{
	xmlNodePtr part = page_begin("Unsubscribe?");
	xmlNodePtr paragraph = add(part, "p", "No more mail from ");
	xmlNodePtr form, field;

	sender_add(paragraph, origin);
	say(paragraph, " to ");
	add(paragraph, "strong", origin->address);
	say(paragraph, ".");
	form = add(part, "form", NULL);
	set(form, "method", "post");
	field = add(form, "input", NULL);
	set(field, "type", "hidden");
	set(field, "name", ONE_CLICK_FIELD);
	set(field, "value", ONE_CLICK_VALUE);
	set(add(form, "button", "Unsubscribe"), "type", "submit");
	set(add(part, "p", "Nothing changes until you press the button."), "class", "soft");
	return page_end(part);
}

GString *
unsubscribe_page_done(const struct unsubscribe_origin *origin)
{
	xmlNodePtr part = page_begin("You are unsubscribed");
	xmlNodePtr paragraph = add(part, "p", NULL);

	add(paragraph, "strong", origin->address);
	say(paragraph, " gets no more mail from ");
	sender_add(paragraph, origin);
	say(paragraph, ".");
	set(add(part, "p", "You can close this page."), "class", "soft");
	return page_end(part);
}

GString *
unsubscribe_page_trouble(const char *title, const char *advice)
{
	xmlNodePtr part = page_begin(title);

	add(part, "p", advice);
	return page_end(part);
}
