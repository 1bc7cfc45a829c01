#include "services/relay/receive/command_parameters.h"

static const char *
read_parameter(const struct parameter *parameter, const struct parameter_reader *readers,
    unsigned *seen, void *out)
{
	for (unsigned i = 0; readers[i].read != NULL; i++) {
		if (!span_is(parameter->keyword, readers[i].keyword))
			continue;
		if (*seen & 1u << i)
			return "501 5.5.4 a parameter stands twice";
		*seen |= 1u << i;
		return readers[i].read(parameter->value, out);
	}
	return PARAMETER_UNKNOWN;
}

const char *
command_read_parameters(struct span rest, const struct parameter_reader *readers, void *out)
{
	struct parameter parameter;
	const char *refusal = NULL;
	unsigned seen = 0;

	while (refusal == NULL) {
		switch (command_take_parameter(&rest, &parameter)) {
		case PARAMETER_NONE:
			return NULL;
		case PARAMETER_TAKEN:
			refusal = read_parameter(&parameter, readers, &seen, out);
			break;
		case PARAMETER_MALFORMED:
			refusal = "501 5.5.4 a parameter is malformed";
			break;
		}
	}
	return refusal;
}
