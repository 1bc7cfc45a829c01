<%@ WebService Language="C#" Class="Api" %>
// Reports_GetSMTPLog from memory.
using System.IO;
using System.Web;
using System.Web.Services;

[WebService(Namespace = "http://api.jangomail.com/")]
public class Api : WebService
{
    static readonly string log = File.ReadAllText(HttpRuntime.AppDomainAppPath + "log.txt");

    [WebMethod]
    public string Reports_GetSMTPLog(string Username, string Password, int JobID, string EmailAddress)
    {
        return log;
    }
}
