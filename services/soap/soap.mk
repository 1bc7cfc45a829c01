# What gSOAP makes of wsdl/bracemail.wsdl, in build/gen/soap; never committed.
#
# wsdl2h gives each operation twice when it sees a SOAP 1.1 and a SOAP 1.2 binding, so it reads a copy that has the first
# alone; the code made from it answers both. The schema of a DataSet is an element of XML Schema itself, which it does not
# know: in the copy it belongs to what follows, and both are one string. gSOAP writes the `_` of a name as `_USCORE` in C; no name of the contract
# holds that word, so it becomes `_` again. Envelopes are written, and ended when they are read, by services/soap/asmx_envelope.c. An element that is not
# known, with whatever prefix, is passed over: with SOAP_XML_IGNORENS gSOAP would take each for one of SOAP's own.
SOAP_GEN := build/gen/soap
SOAP_CODE := $(addprefix $(SOAP_GEN)/,soapC.c soapServer.c soapH.h soapStub.h JangoMailSoap.nsmap)
SOAP_GENERATED := $(SOAP_CODE) $(SOAP_GEN)/operation_table.inc

GEN_SRCS += $(SOAP_GEN)/soapC.c $(SOAP_GEN)/soapServer.c
GEN_HEADERS += $(SOAP_GEN)/soapH.h
PKG_CFLAGS += -isystem $(SOAP_GEN)

$(SOAP_GENERATED) &: wsdl/bracemail.wsdl wsdl/typemap.dat services/soap/soap.mk
	@mkdir -p $(SOAP_GEN)
	awk '/<wsdl:(binding|port) name="JangoMail(Soap12|HttpPost)"/ { skip = 1 } \
	    !skip && !/<s:element ref="s:schema"/ { print } /<\/wsdl:(binding|port)>/ { skip = 0 }' wsdl/bracemail.wsdl > $(SOAP_GEN)/soap11.wsdl
	wsdl2h -c -t wsdl/typemap.dat -o $(SOAP_GEN)/bracemail.h $(SOAP_GEN)/soap11.wsdl > $(SOAP_GEN)/wsdl2h.log 2>&1 || \
	    { cat $(SOAP_GEN)/wsdl2h.log >&2; exit 1; }
	soapcpp2 -c -S -x -w -L -I/usr/share/gsoap/import -d $(SOAP_GEN) $(SOAP_GEN)/bracemail.h \
	    > $(SOAP_GEN)/soapcpp2.log 2>&1 || { cat $(SOAP_GEN)/soapcpp2.log >&2; exit 1; }
	sed -i 's/_USCORE/_/g' $(SOAP_CODE)
	sed -i -e '/soap_out_\|soap_put_\|element_end_out/s/"SOAP-ENV:/"soap:/' \
	    -e 's/ || !soap_match_tag(soap, soap->tag, "SOAP-ENV:")//' $(SOAP_GEN)/soapC.c
	sed -i -E -e 's/soap_(envelope|body)_(begin|end)_out\(/asmx_\1_\2_out(/' -e 's/soap_end_recv\(/asmx_end_in(/' \
	    -e 's|^#include "soapH.h"|&\n#include "services/soap/asmx_envelope.h"|' $(SOAP_GEN)/soapServer.c
	sed -nE 's/.*soap_match_tag\(soap, soap->tag, "jango:(\w+)"\)\)/{"\1", soap_serve___jango__\1},/p' $(SOAP_GEN)/soapServer.c | \
	    LC_ALL=C sort > $(SOAP_GEN)/operation_table.inc
	touch $(SOAP_GENERATED)
