using Marketplace.EchoApi;
using Marketplace.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
// It stands at the end of the runtime path, under load: one line a call would be most of its work.
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

var app = builder.Build();
app.UseServiceDefaults();
app.Map("/status/{status:int:range(200,599)}", Echo.Status).AllowAnonymous();
app.Map("/delay/{milliseconds:int:range(0,60000)}", Echo.Delay).AllowAnonymous();
app.Map("/{**path}", Echo.Answer).AllowAnonymous();
app.Run();
