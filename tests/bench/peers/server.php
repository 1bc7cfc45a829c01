<?php
/* Reports_GetSMTPLog as a PHP programmer would serve it. Environment: CONTRACT, a WSDL file; CONNINFO, as libpq has it. */

class Api
{
    function Reports_GetSMTPLog($request)
    {
        $database = new PDO("pgsql:" . strtr(getenv("CONNINFO"), " ", ";"), null, null, [
            PDO::ATTR_PERSISTENT => true, PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION]);
        $query = $database->prepare('SELECT transcript FROM peer_log WHERE campaign_id = ? AND address = lower(?)');
        $query->execute([$request->JobID, $request->EmailAddress]);
        return ["Reports_GetSMTPLogResult" => implode($query->fetchAll(PDO::FETCH_COLUMN))];
    }
}

$server = new SoapServer(getenv("CONTRACT"), ["cache_wsdl" => WSDL_CACHE_BOTH]);
$server->setClass("Api");
$server->handle();
