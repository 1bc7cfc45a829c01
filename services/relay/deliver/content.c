#include "services/relay/deliver/content.h"

#include <assert.h>
#include <stdbool.h>

#include "base/unsubscribe_link.h"
#include "db/return_path_setup.h"
#include "services/relay/message/compose.h"
#include "services/relay/message/return_path.h"

struct content {
	struct content_context *context;
	const struct delivery *delivery; /* until it is ready */
	struct message *message;         /* a reference; NULL: of a campaign */
	int64_t account_id;
	content_done *done;
	void *arg;
	GString *head, *body; /* made here; NULL: the message's own */
	size_t budgeted; /* their bytes, counted in the budget; before, about what they will be */
	bool is_composed;
	bool is_ready;
	struct dkim_wait *signing; /* under way; or NULL */
};

static void
content_count(struct content *content, size_t bytes)
{
	content->budgeted += bytes;
	memory_budget_take(content->context->budget, bytes);
	if (content->is_composed)
		memory_budget_take(&content->context->composed, bytes);
}

static void
content_discount(struct content *content, size_t bytes)
{
	content->budgeted -= bytes;
	memory_budget_release(content->context->budget, bytes);
	if (content->is_composed)
		memory_budget_release(&content->context->composed, bytes);
}

bool
content_has_room(const struct content_context *context, const struct delivery *delivery)
{
	return delivery->composition == NULL || !memory_budget_spent(&context->composed);
}

struct content *
content_create(
    struct content_context *context, const struct delivery *delivery, content_done *done, void *arg)
{
	struct content *content = g_new0(struct content, 1);

	content->context = context;
	content->delivery = delivery;
	content->message = delivery->message != NULL ? message_ref(delivery->message) : NULL;
	content->account_id = delivery->account_id;
	content->done = done;
	content->arg = arg;
	content->is_composed = delivery->composition != NULL;
	if (content->is_composed)
		content_count(content, compose_size(delivery->composition));
	return content;
}

void
content_destroy(struct content *content)
{
	if (content->signing != NULL)
		dkim_signer_cancel(content->signing);
	content_discount(content, content->budgeted);
	if (content->head != NULL)
		g_string_free(content->head, TRUE);
	if (content->body != NULL)
		g_string_free(content->body, TRUE);
	message_unref(content->message);
	g_free(content);
}

const GString *
content_head(const struct content *content)
{
	return content->head != NULL ? content->head : content->message->head;
}

const GString *
content_body(const struct content *content)
{
	return content->body != NULL ? content->body : content->message->body;
}

/* Of a campaign: what else is composed is for one person, who asked for it. Both may be NULL. */
static void
content_find_unsubscribe(const struct content *content, char **url, char **address)
{
	const struct delivery *delivery = content->delivery;
	const struct delivery_token token = {delivery->account_id, delivery->delivery_id};
	const struct content_context *context = content->context;
	const uint8_t *key = return_path_key(context->worker);

	*url = *address = NULL;
	if (delivery->composition->campaign_id == 0)
		return;
	*address = unsubscribe_address_create(&token, key, context->bounce_domain);
	if (context->unsubscribe_base != NULL)
		*url = unsubscribe_link_create(context->unsubscribe_base, &token, key);
}

static bool
content_compose(struct content *content, struct error *error)
{
	const struct delivery *delivery = content->delivery;
	struct compose_recipient recipient = {
	    .address = delivery->recipient,
	    .merge_fields = delivery->merge_fields,
	    .delivery_id = delivery->delivery_id,
	    .date = delivery->queued_at,
	};
	size_t expected = content->budgeted;
	g_autofree char *url = NULL, *address = NULL;

	content_find_unsubscribe(content, &url, &address);
	recipient.unsubscribe_url = url;
	recipient.unsubscribe_address = address;
	content->head = g_string_new(NULL);
	content->body = g_string_new(NULL);
	if (!compose_message(delivery->composition, &recipient, content->context->hostname,
		content->head, content->body, error))
		return false;
	content_count(content, content->head->len + content->body->len);
	content_discount(content, expected);
	return true;
}

static enum content_step
content_finish(struct content *content, const char *signature)
{
	const GString *head = content_head(content);
	GString *signed_head;

	content->is_ready = true;
	if (signature[0] == '\0')
		return CONTENT_READY;
	signed_head = g_string_new(signature);
	content_count(
	    content, content->head != NULL ? signed_head->len : signed_head->len + head->len);
	g_string_append_len(signed_head, head->str, (gssize)head->len);
	if (content->head != NULL)
		g_string_free(content->head, TRUE);
	content->head = signed_head;
	return CONTENT_READY;
}

/* A message is signed once for all its recipients. */
static void
content_keep_signature(struct content *content, const char *signature)
{
	struct message *message = content->message;

	if (message != NULL && message->signature == NULL)
		message->signature = g_strdup(signature);
}

static void
content_on_signed(void *arg, enum dkim_outcome outcome, const char *fields)
{
	struct content *content = arg;

	content->signing = NULL;
	if (outcome == DKIM_DONE) {
		content_keep_signature(content, fields);
		(void)content_finish(content, fields);
	}
	content->done(content->arg, outcome == DKIM_DONE ? CONTENT_DONE : CONTENT_UNAVAILABLE);
}

static enum content_step
content_sign(struct content *content)
{
	const struct message *message = content->message;

	if (message != NULL && message->signature != NULL)
		return content_finish(content, message->signature);
	content->signing = dkim_signer_sign(content->context->signer, content->account_id,
	    content_head(content), content_body(content), content_on_signed, content);
	if (content->signing != NULL)
		return CONTENT_WAITS;
	content_keep_signature(content, "");
	return content_finish(content, "");
}

enum content_step
content_prepare(struct content *content, struct error *error)
{
	assert(content->signing == NULL);
	if (content->is_ready)
		return CONTENT_READY;
	assert(content->message != NULL || content->delivery->composition != NULL);
	if (content->delivery->composition != NULL && !content_compose(content, error))
		return CONTENT_REFUSED;
	return content_sign(content);
}
